// SPDX-License-Identifier: Apache-2.0
/** The routes of v2, one class for each resource. They decode, call a use case, and answer. */
@NullMarked
package dev.bellhop.server.http.v2;

import org.jspecify.annotations.NullMarked;
