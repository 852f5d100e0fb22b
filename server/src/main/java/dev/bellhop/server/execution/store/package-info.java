// SPDX-License-Identifier: Apache-2.0
/** The contract of the execution store: reading, intake, journal and the quota of each account. */
@NullMarked
package dev.bellhop.server.execution.store;

import org.jspecify.annotations.NullMarked;
