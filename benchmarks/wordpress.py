"""WordPress as Debian packages it, with its default theme and the same posts, in php-fpm behind nginx."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from . import servers
from .content import Content

SOURCE = Path("/usr/share/wordpress")
THEME = "twentytwentyone"
PROCESSES = 4


class WordPress(NamedTuple):
    """A running WordPress, with and without nginx's cache."""

    uncached: servers.Server
    cached: servers.Server


def missing() -> str:
    """Return a sentence with the requirements that are not installed, or an empty string."""
    absent = [name for name in ("nginx", "php", _fpm()) if not shutil.which(name)]
    if not (SOURCE / "wp-content/themes" / THEME).is_dir():
        absent.append(f"WordPress with {THEME}")
    packages = "wordpress wordpress-theme-twentytwentyone php-fpm php-mysql nginx-light"
    return f"Not installed: {', '.join(absent)} (Debian: apt-get install {packages})." if absent else ""


def version() -> str:
    """Return the version of WordPress, or an empty string if it is not installed."""
    file = SOURCE / "wp-includes/version.php"
    match = re.search(r"\$wp_version = '([^']+)'", file.read_text()) if file.exists() else None
    return match[1] if match else ""


@contextmanager
def serving(content: Content, paths: list[str], memory: Path) -> Iterator[WordPress]:
    """Install WordPress with the posts at `paths` into a temporary database and serve it; remove it afterwards.

    nginx stores its cache in the folder `memory`.
    """
    with content.database.temporary("wordpress") as name, ExitStack() as stack:
        root = content.directory / "wordpress"
        # A private copy, because Debian's folder has links to shared files outside of it.
        shutil.copytree(SOURCE, root, ignore_dangling_symlinks=True, dirs_exist_ok=True)
        _install(content, root, name)
        slugs = ", ".join(f"'{path.strip('/')}'" for path in paths)
        for statement in _COPIES:
            content.database.execute(statement.format(source=content.name, slugs=slugs), name)
        fpm, uncached, cached = (servers.free_port() for _port in range(3))
        settings = content.directory / "php-fpm.conf"
        settings.write_text(_POOL.format(port=fpm, processes=PROCESSES, log=content.directory / "php-fpm.log"))
        command = [_fpm(), "--allow-to-run-as-root", "--nodaemonize", "--fpm-config", str(settings)]
        pool = stack.enter_context(servers.run_server(command, fpm, content.directory, probe=""))
        file = content.directory / "wordpress.conf"
        file.write_text(_NGINX.format(folder=memory, root=root, fpm=fpm, cached=cached, uncached=uncached))
        command = ["nginx", "-c", str(file), "-p", str(content.directory)]
        server = stack.enter_context(servers.run_server(command, cached, content.directory, backends=(pool,)))
        if b"A plain comparison" not in servers.get(server.url, "/").body:
            raise RuntimeError("WordPress was not installed: its home page does not have its name")
        yield WordPress(servers.Server(server.process, uncached, (pool,)), server)


def _fpm() -> str:
    """Return the name of the php-fpm program, which includes its version."""
    return next((path.name for path in sorted(Path("/usr/sbin").glob("php-fpm*"))), "php-fpm")


def _install(content: Content, root: Path, name: str) -> None:
    login = content.database.login()
    values = {"DB_NAME": name, "DB_USER": login["user"], "DB_PASSWORD": login["password"]}
    values["DB_HOST"] = f"{login['host']}:{login['port']}"
    defines = "".join(f"define('{key}', '{_php_quoted(str(value))}');\n" for key, value in values.items())
    (root / "wp-config.php").unlink(missing_ok=True)
    (root / "wp-config.php").write_text(_CONFIG.replace("DEFINES", defines))
    subprocess.run(["php", "-r", _INSTALL], cwd=root, check=True, stdout=subprocess.DEVNULL)


def _php_quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


# No background jobs and no requests to other hosts, which would disturb the measurement.
_CONFIG = """<?php
DEFINES
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
if (isset($_SERVER['HTTP_HOST'])) {
    define('WP_HOME', 'http://' . $_SERVER['HTTP_HOST']);
    define('WP_SITEURL', WP_HOME);
}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) { define('ABSPATH', __DIR__ . '/'); }
require_once ABSPATH . 'wp-settings.php';
"""
_INSTALL = """
$_SERVER['HTTP_HOST'] = '127.0.0.1';
define('WP_INSTALLING', true);
function wp_mail(...$given) { return true; }
require 'wp-load.php';
require 'wp-admin/includes/upgrade.php';
wp_install('A plain comparison', 'editor', 'editor@example.org', true, '', 'a-long-password');
switch_theme('twentytwentyone');
update_option('posts_per_page', 20);
$wp_rewrite->set_permalink_structure('/%postname%/');
$wp_rewrite->flush_rules();
$wpdb->query('DELETE FROM wp_posts');
$wpdb->query('DELETE FROM wp_comments');
"""
_SELECTED = "kind = 'post' AND slug IN ({slugs})"
_COPIES = (
    f"""INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt,
                              post_name, post_modified, post_modified_gmt, to_ping, pinged, post_content_filtered)
        SELECT id + 100, 1, published_at, published_at, body_html, title, IF(summary = '', excerpt, summary), slug,
               updated_at, updated_at, '', '', '' FROM {{source}}.posts_post WHERE {_SELECTED}""",
    """INSERT INTO wp_terms (term_id, name, slug) SELECT id + 100, name, slug FROM {source}.posts_tag""",
    f"""INSERT INTO wp_term_taxonomy (term_taxonomy_id, term_id, taxonomy, description, count)
        SELECT tag.id + 100, tag.id + 100, 'post_tag', '',
               (SELECT COUNT(*) FROM {{source}}.posts_posttag link JOIN {{source}}.posts_post post ON post.id = post_id
                WHERE tag_id = tag.id AND {_SELECTED})
        FROM {{source}}.posts_tag tag""",
    f"""INSERT INTO wp_term_relationships (object_id, term_taxonomy_id)
        SELECT post_id + 100, tag_id + 100 FROM {{source}}.posts_posttag link
        JOIN {{source}}.posts_post post ON post.id = post_id WHERE {_SELECTED}""",
    "INSERT INTO wp_term_relationships (object_id, term_taxonomy_id) SELECT ID, 1 FROM wp_posts",
    "ANALYZE TABLE wp_posts, wp_terms, wp_term_taxonomy, wp_term_relationships",
)
_POOL = """[global]
error_log = {log}
[www]
user = nobody
group = nogroup
listen = 127.0.0.1:{port}
pm = static
pm.max_children = {processes}
php_admin_flag[opcache.enable] = on
"""
_NGINX = """daemon off;
user root;
worker_processes 1;
pid {folder}/wordpress.pid;
error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    keepalive_requests 100000;
    fastcgi_temp_path {folder}/wordpress-temporary;
    client_body_temp_path {folder}/wordpress-temporary;
    proxy_temp_path {folder}/wordpress-temporary;
    fastcgi_cache_path {folder}/wordpress-cache levels=1:2 keys_zone=pages:16m max_size=1g inactive=60m;
    fastcgi_cache_key "$scheme $request_method $host $request_uri";
    map $server_port $bypassed {{ {uncached} 1; default 0; }}
    server {{
        listen 127.0.0.1:{cached};
        listen 127.0.0.1:{uncached};
        root {root};
        index index.php;
        location / {{ try_files $uri $uri/ /index.php?$args; }}
        location ~ \\.php$ {{
            include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
            fastcgi_param HTTP_HOST $http_host;
            fastcgi_pass 127.0.0.1:{fpm};
            fastcgi_cache pages;
            fastcgi_cache_valid 200 60m;
            fastcgi_cache_bypass $bypassed;
            fastcgi_no_cache $bypassed;
        }}
    }}
}}
"""
