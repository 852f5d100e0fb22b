// SPDX-License-Identifier: Apache-2.0
/** Hides secrets in output from its readers: the secrets of a command, and the matches of its account's patterns. */
@NullMarked
package dev.bellhop.server.masking;

import org.jspecify.annotations.NullMarked;
