// SPDX-License-Identifier: Apache-2.0
/**
 * What all commands share: the context they run in, the connection to a server, their arguments, and the words
 * for what went wrong.
 */
@NullMarked
package dev.bellhop.cli.command;

import org.jspecify.annotations.NullMarked;
