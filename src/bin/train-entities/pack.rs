//! From trained weights to the small table the tagger reads: the features
//! that matter most, trained on alone, as small integers.

use morgue::enrich::entities::model::{BUCKET_ROWS, LABELS, Row, bucket_of, check_of, write};

use crate::Settings;
use crate::crf::{Instances, Lanes, Weights, resume};

/// Steps of a stored weight in one natural unit.
const STEPS: f32 = 40.0;

/// Chooses rows, trains them on, and compresses the table.
pub fn pack(mut instances: Instances, weights: Weights, settings: &Settings) -> Vec<u8> {
    let (rows, bits) = (settings.rows, settings.bits);
    let mut order: Vec<(u32, u32)> = weights
        .rows
        .iter()
        .zip(&instances.counts)
        .enumerate()
        .map(|(number, (row, &count))| {
            let worth = spread(row) * (count.min(1000) as f32).sqrt().sqrt();
            // Larger first, as bits that order as the numbers do.
            (u32::MAX - worth.to_bits(), number as u32)
        })
        .collect();
    order.sort_unstable();
    let mut taken = vec![0u8; 1 << bits];
    let mut checks = std::collections::BTreeSet::new();
    let mut kept = Vec::new();
    for (_, number) in order {
        let hash = instances.hashes[number as usize];
        let (bucket, check) = (bucket_of(hash, bits), check_of(hash));
        if kept.len() < rows
            && usize::from(taken[bucket as usize]) < BUCKET_ROWS
            && checks.insert((bucket, check))
        {
            taken[bucket as usize] += 1;
            kept.push(number);
        }
    }
    kept.sort_unstable();
    let weights = Weights {
        rows: kept
            .iter()
            .map(|&number| weights.rows[number as usize])
            .collect(),
        transitions: weights.transitions,
    };
    instances.restrict(&kept);
    let weights = resume(
        &instances,
        weights,
        settings.after,
        settings.dropped,
        settings.mean,
        settings.seed,
    );
    let quantised = |value: f32| (value * STEPS).round().clamp(-127.0, 127.0) as i8;
    let mut clipped = 0;
    let mut table: Vec<Row> = instances
        .hashes
        .iter()
        .zip(&weights.rows)
        .map(|(&hash, row)| {
            let mut small = [0; LABELS];
            for (small, &value) in small.iter_mut().zip(row) {
                clipped += usize::from((value * STEPS).abs() > 127.0);
                *small = quantised(value);
            }
            Row {
                bucket: bucket_of(hash, bits),
                check: check_of(hash),
                weights: small,
            }
        })
        .collect();
    table.sort_by_key(|row| (row.bucket, row.check));
    let mut transitions = [[0i16; LABELS]; LABELS];
    for (out, row) in transitions.iter_mut().zip(&weights.transitions) {
        for (out, &value) in out.iter_mut().zip(row) {
            *out = (value * STEPS).round().clamp(-3000.0, 3000.0) as i16;
        }
        out[0] += settings.outside;
    }
    let bytes = write(bits, &transitions, &table);
    let packed = zstd::encode_all(bytes.as_slice(), 19).unwrap_or_default();
    eprintln!(
        "{} rows, {clipped} weights clipped, {} bytes",
        table.len(),
        packed.len()
    );
    packed
}

/// How differently a feature weighs the labels.
fn spread(row: &Lanes) -> f32 {
    let (mut least, mut most) = (f32::MAX, f32::MIN);
    for &value in &row[..LABELS] {
        least = least.min(value);
        most = most.max(value);
    }
    most - least
}
