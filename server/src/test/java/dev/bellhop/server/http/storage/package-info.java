// SPDX-License-Identifier: Apache-2.0
/** What the store does to requests: its limits, its encryption and its damage. */
@NullMarked
package dev.bellhop.server.http.storage;

import org.jspecify.annotations.NullMarked;
