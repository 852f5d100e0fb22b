// SPDX-License-Identifier: Apache-2.0
/** What readers of output are not shown: the secrets of a command, and what the patterns of its account find. */
@NullMarked
package dev.bellhop.server.masking;

import org.jspecify.annotations.NullMarked;
