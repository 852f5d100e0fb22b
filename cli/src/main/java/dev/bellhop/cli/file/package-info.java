// SPDX-License-Identifier: Apache-2.0
/** Files in VMs: copied, listed, shown, edited and removed. */
@NullMarked
package dev.bellhop.cli.file;

import org.jspecify.annotations.NullMarked;
