// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;

/**
 * Refuses paths that are another spelling of a path. A proxy that blocks {@code /metrics} compares texts, and {@code
 * /metrics;x}, {@code /%6detrics} and {@code /x/../metrics} differ from it. So a path has no parameters, no empty or
 * dot segments, and no octet that is encoded needlessly. Hexadecimal digits can have either case, because no route
 * contains a character that needs encoding. Before this check, Jetty refuses paths that RFC 3986 forbids, and encoded
 * slashes, backslashes and percent signs.
 */
final class CanonicalPath {
    private static final String UNRESERVED = "-._~";

    private CanonicalPath() {}

    static BellhopException refused() {
        return new BellhopException(
                ErrorCode.INVALID_REQUEST,
                "Cannot use this path because it is not spelt as it is documented; leave out ';', segments that are empty or"
                        + " dots, and encodings of what need not be encoded");
    }

    static boolean isCanonical(String path) {
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c <= ' ' || c > '~' || c == ';' || c == '\\') {
                return false;
            }
            if (c == '%' && (i + 2 >= path.length() || needsNoEncoding(path.substring(i + 1, i + 3)))) {
                return false;
            }
            if (c == '/' && !isSegment(path, i + 1)) {
                return false;
            }
        }
        return true;
    }

    private static boolean needsNoEncoding(String hex) {
        int octet = Integer.parseInt(hex, 16);
        return (octet >= 'a' && octet <= 'z')
                || (octet >= 'A' && octet <= 'Z')
                || (octet >= '0' && octet <= '9')
                || UNRESERVED.indexOf(octet) >= 0;
    }

    /** Checks the segment that begins there. Only the last segment can be empty. */
    private static boolean isSegment(String path, int begin) {
        int slash = path.indexOf('/', begin);
        String segment = path.substring(begin, slash < 0 ? path.length() : slash);
        return !segment.equals(".") && !segment.equals("..") && !(segment.isEmpty() && slash >= 0);
    }
}
