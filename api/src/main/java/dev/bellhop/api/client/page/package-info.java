// SPDX-License-Identifier: Apache-2.0
/** Lists of any length, which the client reads page by page. */
@NullMarked
package dev.bellhop.api.client.page;

import org.jspecify.annotations.NullMarked;
