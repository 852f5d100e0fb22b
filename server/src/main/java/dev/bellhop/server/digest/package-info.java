// SPDX-License-Identifier: Apache-2.0
/** {@link dev.bellhop.server.digest.Digests}: what tells whether bytes are the same. */
@NullMarked
package dev.bellhop.server.digest;

import org.jspecify.annotations.NullMarked;
