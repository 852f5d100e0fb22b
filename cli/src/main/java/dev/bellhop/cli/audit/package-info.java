// SPDX-License-Identifier: Apache-2.0
/** The audit trail: list, export, verify. */
@NullMarked
package dev.bellhop.cli.audit;

import org.jspecify.annotations.NullMarked;
