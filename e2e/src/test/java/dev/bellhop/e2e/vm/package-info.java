// SPDX-License-Identifier: Apache-2.0
/** Commands in real VMs, whatever becomes of the VM and the server. */
@NullMarked
package dev.bellhop.e2e.vm;

import org.jspecify.annotations.NullMarked;
