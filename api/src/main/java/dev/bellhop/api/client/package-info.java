// SPDX-License-Identifier: Apache-2.0
/** A typed client of Bellhop's HTTP API. */
@NullMarked
package dev.bellhop.api.client;

import org.jspecify.annotations.NullMarked;
