// SPDX-License-Identifier: Apache-2.0
/** Commands in VMs: start, follow, list, cancel, approve. */
@NullMarked
package dev.bellhop.cli.execution;

import org.jspecify.annotations.NullMarked;
