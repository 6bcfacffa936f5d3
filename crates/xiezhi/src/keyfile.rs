//! The key file of a data directory.
//!
//! INVARIANT: a key file that is empty, weak or readable by others is never used.

use crate::answer::{Complaint, OrSay};
use crate::vault;
use acts::Entropy;
use acts::keys::{KeyError, KeyFile, Keys};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The keys of a data directory; made on the first start only.
///
/// # Errors
/// The reason why the file cannot be used, and what to do.
pub fn keys(data: &Path, entropy: &Entropy, first_start: bool) -> Result<Keys, Complaint> {
    if let Some(keys) = vault::keys(data)? {
        return Ok(keys);
    }
    let path = path(data);
    if !path.exists() {
        if !first_start {
            return Err(Complaint::fact(format!(
                "密钥文件{}不在了。没有它，已有的内容打不开：请从备份恢复密钥文件",
                path.display()
            )));
        }
        let file = Keys::fresh(entropy).or_say("生成密钥失败")?;
        write_private(&path, &file.to_text())?;
        return Keys::of_file(file).or_say("密钥不能用");
    }
    Keys::of_file(read(&path)?).or_say("密钥不能用")
}

/// The file of the keys in a data directory.
#[must_use]
pub fn path(data: &Path) -> PathBuf {
    data.join("keys.json")
}

/// Reads a key file.
///
/// # Errors
/// The reason why it cannot be used, and what to do.
pub fn read(path: &Path) -> Result<KeyFile, Complaint> {
    refuse_open_doors(path)?;
    let text = std::fs::read_to_string(path).or_say(&format!("密钥文件{}读不了", path.display()))?;
    if text.trim().is_empty() {
        return Err(Complaint::fact(format!("密钥文件{}是空的，拒绝启动：请从备份恢复", path.display())));
    }
    KeyFile::read(&text).map_err(|error| {
        let why = match error {
            KeyError::Weak(name) => format!("其中的密钥“{name}”不是随机的（太弱）"),
            KeyError::Malformed(name) => format!("其中的“{name}”缺少或者格式不对"),
            other => other.to_string(),
        };
        Complaint::fact(format!("密钥文件{}不能用，拒绝启动：{why}。请从备份恢复", path.display()))
    })
}

/// The linking secret of a key file, which stays in this program wherever the masters are.
///
/// # Errors
/// As [`read`].
pub fn linking(path: &Path) -> Result<[u8; 32], Complaint> {
    refuse_open_doors(path)?;
    let text = std::fs::read_to_string(path).or_say(&format!("密钥文件{}读不了", path.display()))?;
    acts::keys::linking_of(&text).or_say(&format!("密钥文件{}不能用", path.display()))
}

/// Puts a key file in the place of another, whole or not at all.
///
/// # Errors
/// What the file system says; the file is then as it was.
pub fn replace(path: &Path, file: &KeyFile) -> Result<(), Complaint> {
    let beside = path.with_extension("json.new");
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).or_say(&format!("清理不了{}", beside.display()));
        }
        _ => {}
    }
    write_private(&beside, &file.to_text())?;
    std::fs::rename(&beside, path).or_say(&format!("换不了{}", path.display()))?;
    let folder = path.parent().map(std::fs::File::open).transpose();
    // On a folder that cannot be opened the name is on disk a little later.
    if let Ok(Some(folder)) = folder {
        folder.sync_all().or_say(&format!("{}没有写到磁盘", path.display()))?;
    }
    Ok(())
}

/// Writes a file that only the service account can read; it must not be there yet.
///
/// # Errors
/// What the file system says.
pub fn write_private(path: &Path, text: &str) -> Result<(), Complaint> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || -> std::io::Result<()> {
        let mut file = options.open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().or_say(&format!("写不了{}", path.display()))
}

/// Refuses a file with a secret that others can read.
///
/// # Errors
/// The rights it has, and what to do.
#[cfg(unix)]
pub fn refuse_open_doors(path: &Path) -> Result<(), Complaint> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).or_say(&format!("密钥文件{}读不了", path.display()))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Complaint::fact(format!(
            "密钥文件{}别人也能读（权限{:o}），拒绝启动：请执行 chmod 600，并考虑密钥是否已经泄露",
            path.display(),
            mode & 0o777
        )));
    }
    Ok(())
}

/// Other systems have no such rights to look at.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn refuse_open_doors(_path: &Path) -> Result<(), Complaint> {
    Ok(())
}
