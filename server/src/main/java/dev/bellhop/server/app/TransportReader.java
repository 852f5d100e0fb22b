// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.http.Proxies;
import dev.bellhop.server.tls.TlsFileException;
import dev.bellhop.server.tls.TlsFileException.Part;
import dev.bellhop.server.tls.TlsFiles;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The settings that say how clients get at the server, and who may stand between. */
final class TransportReader {
    private static final String PEM = "the absolute path of a PEM file";

    private final Map<String, Setting> root;

    TransportReader(Map<String, Setting> root) {
        this.root = root;
    }

    /** Where to listen; never where keys and commands would cross a network in the clear, unless it is said that it is meant. */
    InetSocketAddress listen() throws ConfigException {
        Setting setting = root.get("listen");
        boolean behindProxy = behindProxy();
        if (setting == null) {
            return address(Config.DEFAULT_LISTEN).orElseThrow();
        }
        String expected = "an address and a port, such as " + Config.DEFAULT_LISTEN;
        InetSocketAddress address =
                address(setting.text(expected)).orElseThrow(() -> setting.wrong("expected " + expected));
        if (!address.getAddress().isLoopbackAddress() && !root.containsKey("tls") && !behindProxy) {
            throw setting.wrong(
                    "other machines can get at this address, and without TLS keys and commands would be there"
                            + " for everyone on the way to read; set tls: {certificate: FILE, key: FILE}, or behindProxy: true"
                            + " where a proxy in front of it does TLS");
        }
        return address;
    }

    private boolean behindProxy() throws ConfigException {
        Setting setting = root.get("behindProxy");
        return setting != null && setting.bool();
    }

    /** The host may be an IPv6 address in brackets. Names are not looked up: an address to listen on is a number. */
    private static Optional<InetSocketAddress> address(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            return Optional.empty();
        }
        try {
            String host = text.substring(0, colon).replaceAll("^\\[(.*)\\]$", "$1");
            int port = Integer.parseInt(text.substring(colon + 1));
            return Optional.of(new InetSocketAddress(InetAddress.ofLiteral(host), port));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The files of the certificate, which were read once to be sure that they can be used; absent for plain HTTP. */
    @Nullable
    TlsFiles tls() throws ConfigException {
        Setting tls = root.get("tls");
        if (tls == null) {
            return null;
        }
        Map<String, Setting> settings = tls.section(Set.of("certificate", "key"));
        Setting certificate = settings.get("certificate");
        Setting key = settings.get("key");
        if (certificate == null || key == null) {
            throw tls.wrong("expected both certificate and key, each " + PEM);
        }
        TlsFiles files = new TlsFiles(file(certificate), file(key));
        try {
            files.read();
        } catch (TlsFileException e) {
            throw (e.part() == Part.KEY ? key : certificate).wrong(String.valueOf(e.getMessage()));
        }
        return files;
    }

    private static Path file(Setting setting) throws ConfigException {
        return ConfigReader.absolute(setting, setting.text(PEM), PEM);
    }

    /** Whose word on where a request comes from is believed. */
    Proxies proxies() throws ConfigException {
        Setting setting = root.get("proxies");
        if (setting == null) {
            return Proxies.NONE;
        }
        String expected = "an address or a network, such as 127.0.0.1 or 10.0.0.0/8";
        List<AddressRange> ranges = new ArrayList<>();
        for (Setting item : setting.items()) {
            ranges.add(AddressRange.parse(item.text(expected)).orElseThrow(() -> item.wrong("expected " + expected)));
        }
        return new Proxies(List.copyOf(ranges));
    }
}
