// SPDX-License-Identifier: Apache-2.0
/** Files and trees into real VMs and out of them. */
@NullMarked
package dev.bellhop.e2e.file;

import org.jspecify.annotations.NullMarked;
