// SPDX-License-Identifier: Apache-2.0
/** What those manage who run Bellhop: accounts, keys, policies, saved commands, masks and encryption. */
@NullMarked
package dev.bellhop.api.v2.admin;

import org.jspecify.annotations.NullMarked;
