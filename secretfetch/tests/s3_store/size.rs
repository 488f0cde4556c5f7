//! How many bytes an object may have.

use std::io::Write as _;

use secretfetch_testkit::Fault;

use crate::apart::apart;
use crate::scene::{BUCKET, config_at, fetch, find, open, serving, told};
use crate::scripted::{Server, answer};

#[test]
fn the_largest_object_comes_and_one_of_a_byte_more_does_not() {
    apart(async |_| {
        let (fake, server) = serving();
        for bound in [1, 10, 100_000, 1 << 20] {
            let bytes = vec![b'x'; bound + 1];
            fake.put_object(BUCKET, "most", &bytes[1..]);
            fake.put_object(BUCKET, "more", &bytes);
            let store = open(config_at(server.url()).with_max_bytes(bound as u64));
            assert_eq!(fetch(&store, "most").await.unwrap().value.expose_bytes().len(), bound);
            let error = fetch(&store, "more").await.unwrap_err();
            assert_eq!(told(&error, &["`more`", "the object has more than", "`maxBytes`"]), ("wrongShape", false));
        }
    });
}

#[test]
fn the_bound_is_one_of_objects_and_not_of_refusals() {
    apart(async |_| {
        let (fake, server) = serving();
        let store = open(config_at(server.url()).with_max_bytes(1));
        let error = fetch(&store, "absent").await.unwrap_err();
        assert_eq!(told(&error, &["has no object"]), ("secretNotFound", false));
        fake.inject(Fault::access_denied());
        let error = fetch(&store, "absent").await.unwrap_err();
        assert_eq!(told(&error, &["s3:GetObject"]), ("accessDenied", false));
        fake.clear_faults();
        fake.put_object(BUCKET, "a", "A");
        assert_eq!(find(&store, "").await.unwrap().len(), 1);
    });
}

#[test]
fn too_many_bytes_are_not_read_whether_announced_in_chunks_or_without_an_end() {
    apart(async |_| {
        let announced = Server::start(|_, _, _, stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\netag: \"x\"\r\ncontent-length: 10737418240\r\n\r\n");
        });
        let chunked = Server::start(|_, _, _, stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\netag: \"x\"\r\ntransfer-encoding: chunked\r\n\r\n");
            let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x1_0000], b"\r\n"].concat();
            while stream.write_all(&chunk).is_ok() {}
        });
        let endless = Server::start(|_, _, _, stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\netag: \"x\"\r\nconnection: close\r\n\r\n");
            while stream.write_all(&[b' '; 0x1_0000]).is_ok() {}
        });
        for server in [announced, chunked, endless] {
            let error = fetch(&open(config_at(&server.url)), "a").await.unwrap_err();
            assert_eq!(told(&error, &["more than 1 MiB", "`maxBytes`"]), ("wrongShape", false));
            let error = find(&open(config_at(&server.url)), "a").await.unwrap_err();
            assert_eq!(told(&error, &["larger than any of S3"]), ("invalidResponse", false));
        }
    });
}

#[test]
fn an_object_that_breaks_off_is_none() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_object(BUCKET, "a", "hunter2 and more");
        let store = open(config_at(server.url()));
        for fault in [Fault::truncated_body(), Fault::reset_body(), Fault::reset()] {
            fake.inject(fault.once());
            let error = fetch(&store, "a").await.unwrap_err();
            assert_eq!(told(&error, &["`a`", "eu-west-1"]), ("connect", true));
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        let server =
            Server::always(answer("206 Partial Content", "etag: \"x\"\r\ncontent-range: bytes 0-1/9\r\n", "hu"));
        assert_eq!(told(&fetch(&open(config_at(&server.url)), "a").await.unwrap_err(), &[]), ("invalidResponse", true));
    });
}

#[test]
fn bounds_that_cannot_be_are_mistakes_of_the_configuration() {
    apart(async |_| {
        let (_, server) = serving();
        for bound in [0, (16 << 20) + 1, u64::MAX] {
            let error = fetch(&open(config_at(server.url()).with_max_bytes(bound)), "a").await.unwrap_err();
            assert_eq!(told(&error, &["`maxBytes`", "16 MiB"]), ("config", false));
        }
    });
}
