// SPDX-License-Identifier: Apache-2.0
/** Tests of the client. */
@NullMarked
package dev.bellhop.api.client;

import org.jspecify.annotations.NullMarked;
