// SPDX-License-Identifier: Apache-2.0
/** Encryption of stored content, and its keys. */
@NullMarked
package dev.bellhop.server.encryption;

import org.jspecify.annotations.NullMarked;
