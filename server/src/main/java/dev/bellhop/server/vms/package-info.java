// SPDX-License-Identifier: Apache-2.0
/** The seam to the VMs: {@link dev.bellhop.server.vms.Vms}, which those who serve callers ask, and who answers in this process. */
@NullMarked
package dev.bellhop.server.vms;

import org.jspecify.annotations.NullMarked;
