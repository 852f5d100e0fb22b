// SPDX-License-Identifier: Apache-2.0
/** The audit trail: which key did what, when, and its outcome. */
@NullMarked
package dev.bellhop.server.audit;

import org.jspecify.annotations.NullMarked;
