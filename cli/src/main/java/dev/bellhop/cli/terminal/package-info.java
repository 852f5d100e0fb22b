// SPDX-License-Identifier: Apache-2.0
/** What people and programs read and type: standard streams, tables, and text from elsewhere made safe to show. */
@NullMarked
package dev.bellhop.cli.terminal;

import org.jspecify.annotations.NullMarked;
