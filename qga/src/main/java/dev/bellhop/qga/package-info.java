// SPDX-License-Identifier: Apache-2.0
/** A client for the QEMU guest agent that knows no HTTP and no database. */
@NullMarked
package dev.bellhop.qga;

import org.jspecify.annotations.NullMarked;
