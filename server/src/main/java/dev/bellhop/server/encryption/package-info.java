// SPDX-License-Identifier: Apache-2.0
/** Encryption of what is stored, and the keys for it. */
@NullMarked
package dev.bellhop.server.encryption;

import org.jspecify.annotations.NullMarked;
