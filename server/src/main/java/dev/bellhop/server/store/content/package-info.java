// SPDX-License-Identifier: Apache-2.0
/** How values stand in rows: executions, policies and saved commands as JSON, what is encrypted and to what it is bound, and the MACs of rows. */
@NullMarked
package dev.bellhop.server.store.content;

import org.jspecify.annotations.NullMarked;
