// SPDX-License-Identifier: Apache-2.0
/** VMs: list, show, power, and whose they are. */
@NullMarked
package dev.bellhop.cli.vm;

import org.jspecify.annotations.NullMarked;
