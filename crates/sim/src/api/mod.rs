//! What engines answer.
use crate::answer::{Answer, Refusal};
use crate::route::Route;
use crate::serve::Call;

mod acts;
mod containers;
mod create;
mod events;
mod exec;
mod images;
mod info;
mod inspect;
mod logs;
mod networks;
mod stats;

/// Docker's sentence where a swarm is asked for.
const NO_SWARM: &str = "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect \
                        this node to swarm and try again.";

pub(crate) async fn answer(mut call: Call) -> Result<Answer, Refusal> {
    match call.route {
        Route::Ping => Ok(info::ping(&call)),
        Route::Version => Ok(info::version(&call)),
        Route::Info => Ok(info::info(&call)),
        Route::DiskUsage => Ok(info::disk_usage(&call)),
        Route::Events => events::events(&call),
        Route::List | Route::ListSome => containers::list(&call),
        Route::Inspect => inspect::inspect(&call),
        Route::Create => create::create(&mut call).await,
        Route::Start
        | Route::Stop
        | Route::Kill
        | Route::Restart
        | Route::Pause
        | Route::Unpause
        | Route::Rename
        | Route::Remove => acts::act(&call),
        Route::Update => acts::update(&mut call).await,
        Route::Wait => acts::wait(&call),
        Route::Top => containers::top(&call),
        Route::Stats => stats::stats(&call).await,
        Route::Logs => logs::logs(&call),
        Route::ExecCreate => exec::create(&mut call).await,
        Route::ExecStart => exec::start(&mut call).await,
        Route::ExecResize => exec::resize(&call),
        Route::ExecInspect => exec::inspect(&call),
        Route::Images => Ok(images::list(&call)),
        Route::ImageInspect => images::inspect(&call),
        Route::ImageRemove => images::remove(&call),
        Route::Pull => images::pull(&call),
        Route::Distribution => images::distribution(&call),
        Route::Networks => Ok(networks::list(&call)),
        Route::NetworkInspect => networks::inspect(&call),
        Route::NetworkCreate => networks::create(&mut call).await,
        Route::NetworkConnect | Route::NetworkDisconnect => networks::join(&mut call).await,
        Route::NetworkRemove => networks::remove(&call),
        Route::Volumes => Ok(networks::volumes(&call)),
        Route::VolumeInspect => networks::volume(&call),
        Route::VolumeCreate => networks::create_volume(&mut call).await,
        Route::VolumeRemove => networks::remove_volume(&call),
        Route::Swarm => Err(Refusal::new(503, NO_SWARM)),
        Route::Unknown => Err(Refusal::new(404, "page not found")),
    }
}
