// SPDX-License-Identifier: Apache-2.0
/**
 * What a QEMU guest agent can be asked through {@link dev.bellhop.qga.GuestAgent}, and what it answers. Knows no HTTP and no
 * database.
 */
@NullMarked
package dev.bellhop.qga;

import org.jspecify.annotations.NullMarked;
