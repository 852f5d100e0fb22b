// SPDX-License-Identifier: Apache-2.0
/** The HTTP contract as an OpenAPI document, its wire records, and a typed Java client. */
@NullMarked
package dev.bellhop.api;

import org.jspecify.annotations.NullMarked;
