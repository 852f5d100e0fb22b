// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import java.util.Objects;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.jspecify.annotations.Nullable;

/**
 * Jetty's HTTP with three changes. Jetty accepts any number of headers: thousands fit into 16 KiB and use twenty
 * times as much memory until the last one arrives. It accepts any transfer coding, and would pass on a body in an
 * unknown coding without decoding it. And it forgets the beginning of a request that it cannot read completely,
 * which decides how to answer.
 */
public final class StrictHttp extends HttpConnectionFactory {
    /**
     * A path in a guest can have 4,095 bytes, which are 12,285 when all are percent-encoded. The rest is for headers.
     */
    public static final int MAX_HEADER_BYTES = 16 * 1024;

    /** Browsers send about twenty, and proxies add ten. */
    public static final int MAX_HEADERS = 100;

    public StrictHttp(HttpConfiguration configuration) {
        super(configuration);
    }

    /** Returns the first bytes of a request line, even if the request was unreadable. */
    public static String beginning(Request request) {
        return request.getConnectionMetaData().getConnection() instanceof StrictConnection connection
                ? connection.beginning()
                : "";
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        return configure(new StrictConnection(getHttpConfiguration(), connector, endPoint), connector, endPoint);
    }

    private static final class StrictConnection extends HttpConnection {
        /**
         * Set while the constructor of HttpConnection runs, which asks for the handler before it asks for the parser.
         */
        private @Nullable RequestHandler handler;

        private StrictConnection(HttpConfiguration configuration, Connector connector, EndPoint endPoint) {
            super(configuration, connector, endPoint);
        }

        private String beginning() {
            return getParser() instanceof RememberingParser parser ? parser.beginning() : "";
        }

        @Override
        protected HttpParser newHttpParser(HttpCompliance compliance) {
            HttpParser parser = new RememberingParser(
                    Objects.requireNonNull(handler), getHttpConfiguration().getRequestHeaderSize(), compliance);
            parser.setHeaderCacheSize(getHttpConfiguration().getHeaderCacheSize());
            return parser;
        }

        @Override
        protected RequestHandler newRequestHandler() {
            handler = new StrictRequests();
            return handler;
        }

        private final class StrictRequests extends RequestHandler {
            private int headers;

            @Override
            public void messageBegin() {
                headers = 0;
                super.messageBegin();
            }

            @Override
            public void parsedHeader(HttpField field) {
                count();
                if (field.getHeader() == HttpHeader.TRANSFER_ENCODING
                        && !HttpHeaderValue.CHUNKED.is(field.getValue())) {
                    throw new HttpException.RuntimeException(
                            HttpStatus.NOT_IMPLEMENTED_501, "Unknown Transfer-Encoding");
                }
                super.parsedHeader(field);
            }

            @Override
            public void parsedTrailer(HttpField field) {
                count();
                super.parsedTrailer(field);
            }

            private void count() {
                if (++headers > MAX_HEADERS) {
                    throw new HttpException.RuntimeException(
                            HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431, "Too many headers");
                }
            }
        }
    }
}
