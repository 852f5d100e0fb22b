// SPDX-License-Identifier: Apache-2.0
/** Filters for lists and streams. */
@NullMarked
package dev.bellhop.api.client.query;

import org.jspecify.annotations.NullMarked;
