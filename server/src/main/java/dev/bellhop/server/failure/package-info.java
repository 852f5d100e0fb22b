// SPDX-License-Identifier: Apache-2.0
/** What can go wrong, told apart by a stable code; knows no HTTP. */
@NullMarked
package dev.bellhop.server.failure;

import org.jspecify.annotations.NullMarked;
