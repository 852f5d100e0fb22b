// SPDX-License-Identifier: Apache-2.0
/** What a request ends with that did not get what it asked for. */
@NullMarked
package dev.bellhop.api.client.error;

import org.jspecify.annotations.NullMarked;
