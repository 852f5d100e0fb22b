// SPDX-License-Identifier: Apache-2.0
/** Commands for those who come in by SSH: their keys, and what their clients need to know. */
@NullMarked
package dev.bellhop.cli.ssh;

import org.jspecify.annotations.NullMarked;
