// SPDX-License-Identifier: Apache-2.0
/** Who did what, when, and how it went: what is recorded of that, and how much of it. */
@NullMarked
package dev.bellhop.server.audit;

import org.jspecify.annotations.NullMarked;
