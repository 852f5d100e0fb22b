// SPDX-License-Identifier: Apache-2.0
/** Digests of bytes and texts, to compare them: {@link dev.bellhop.server.digest.Digests}. */
@NullMarked
package dev.bellhop.server.digest;

import org.jspecify.annotations.NullMarked;
