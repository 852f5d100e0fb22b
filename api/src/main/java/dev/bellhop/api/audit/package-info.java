// SPDX-License-Identifier: Apache-2.0
/** The audit trail: its records, how they are chained, and how a chain is checked. Servers and clients share it. */
@NullMarked
package dev.bellhop.api.audit;

import org.jspecify.annotations.NullMarked;
