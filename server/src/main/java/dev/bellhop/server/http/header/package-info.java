// SPDX-License-Identifier: Apache-2.0
/** Headers that do not depend on the route of a request. */
@NullMarked
package dev.bellhop.server.http.header;

import org.jspecify.annotations.NullMarked;
