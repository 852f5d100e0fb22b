// SPDX-License-Identifier: Apache-2.0
/** What guests tell of themselves. */
@NullMarked
package dev.bellhop.server.guest;

import org.jspecify.annotations.NullMarked;
