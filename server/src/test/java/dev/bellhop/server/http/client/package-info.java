// SPDX-License-Identifier: Apache-2.0
/** What tests of HTTP follow events with. */
@NullMarked
package dev.bellhop.server.http.client;

import org.jspecify.annotations.NullMarked;
