// SPDX-License-Identifier: Apache-2.0
/**
 * The form of values in rows: JSON of executions, policies and saved commands, the contexts of encrypted values, and
 * the MACs of rows.
 */
@NullMarked
package dev.bellhop.server.store.content;

import org.jspecify.annotations.NullMarked;
