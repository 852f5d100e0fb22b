// SPDX-License-Identifier: Apache-2.0
/** The HTTP edge: decode, check, call, answer. */
@NullMarked
package dev.bellhop.server.http;

import org.jspecify.annotations.NullMarked;
