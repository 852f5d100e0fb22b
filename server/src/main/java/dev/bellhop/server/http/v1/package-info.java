// SPDX-License-Identifier: Apache-2.0
/** The routes of v1. They decode, call a use case, and answer. */
@NullMarked
package dev.bellhop.server.http.v1;

import org.jspecify.annotations.NullMarked;
