// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.bellhop.api.client.page;

import org.jspecify.annotations.NullMarked;
