// SPDX-License-Identifier: Apache-2.0
/**
 * Wire records of the v2 API under {@code /api/v2}, field for field as {@code openapi.yaml} has them. Those of one subject are in a
 * package of their own; here is what all subjects share.
 *
 * <p>An absent field is {@code null} here: it never stands for zero or an empty text. All records are immutable.
 */
@NullMarked
package dev.bellhop.api.v2;

import org.jspecify.annotations.NullMarked;
