// SPDX-License-Identifier: Apache-2.0
/**
 * Files in guests: {@link dev.bellhop.server.file.GuestFiles} is the interface.
 * {@link dev.bellhop.server.file.LocalGuestFiles} implements it with shell scripts and the guest agent's file calls.
 * Knows no callers.
 */
@NullMarked
package dev.bellhop.server.file;

import org.jspecify.annotations.NullMarked;
