// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import org.jspecify.annotations.Nullable;

/**
 * The body of {@code PATCH /api/v2/accounts/{id}}. An absent field keeps its value.
 *
 * @param name for people, 1 to 100 characters
 */
public record UpdateAccount(@Nullable String name) {}
