// SPDX-License-Identifier: Apache-2.0
/** What is sent to the shell of a guest, and what it answers. Does no I/O. */
@NullMarked
package dev.bellhop.server.execution.script;

import org.jspecify.annotations.NullMarked;
