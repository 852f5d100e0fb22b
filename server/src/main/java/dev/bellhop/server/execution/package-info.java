// SPDX-License-Identifier: Apache-2.0
/** Commands in VMs: started once, followed to their end, kept until their retention is over. */
@NullMarked
package dev.bellhop.server.execution;

import org.jspecify.annotations.NullMarked;
